import { ErrorCode, HTTPRequest, Result, tick } from 'tickhttp';

/** @import { FilesTransfer, TakeFile } from './files-lane.mjs' */

/**
 * Files through HTTPRequest, one for each: they wait for their turn on the worker.
 * @implements {FilesTransfer}
 */
export class RequestFiles {
  failures = /** @type {string[]} */ ([]);

  /**
   * @param {URL[]} urls
   * @param {TakeFile} take
   */
  constructor(urls, take) {
    for (const url of urls) {
      const http = new HTTPRequest();
      http.requestCompleted.connect((result, _code, _headers, body) => {
        if (result === Result.SUCCESS) take(body);
        else this.#fail(http);
      });
      if (http.request(url.href) !== ErrorCode.OK) this.#fail(http);
    }
  }

  /** @param {HTTPRequest} http */
  #fail(http) {
    this.failures.push(http.getLastError()?.message ?? 'unknown');
  }

  tick() {
    tick();
  }
}
