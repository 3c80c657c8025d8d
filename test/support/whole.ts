import { ErrorCode, HTTPRequest, type HTTPRequestOptions, type HTTPResult, type Method } from 'tickhttp';

export interface Asked {
  readonly method?: Method;
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
  /** Seconds. */
  readonly timeout?: number;
  readonly bodySizeLimit?: number;
  readonly maxRedirects?: number;
  readonly httpProxy?: readonly [host: string, port: number];
  readonly httpsProxy?: readonly [host: string, port: number];
  readonly options?: HTTPRequestOptions;
  readonly downloadFile?: string;
  readonly downloadChunkSize?: number;
  readonly keepPartialDownload?: boolean;
  readonly appendToDownloadFile?: boolean;
}

/** A whole request that is under way. */
export function start(url: string, asked: Asked = {}): HTTPRequest {
  const { method, headers = [], body, timeout = 0, bodySizeLimit = -1, maxRedirects = 8, options } = asked;
  const http = new HTTPRequest(options);
  http.timeout = timeout;
  http.bodySizeLimit = bodySizeLimit;
  http.maxRedirects = maxRedirects;
  http.downloadFile = asked.downloadFile ?? '';
  http.downloadChunkSize = asked.downloadChunkSize ?? 65_536;
  http.keepPartialDownload = asked.keepPartialDownload ?? false;
  http.appendToDownloadFile = asked.appendToDownloadFile ?? false;
  if (asked.httpProxy) http.setHttpProxy(...asked.httpProxy);
  if (asked.httpsProxy) http.setHttpsProxy(...asked.httpsProxy);
  const error =
    body instanceof Uint8Array
      ? http.requestRaw(url, headers, method, body)
      : http.request(url, headers, method, body);
  if (error !== ErrorCode.OK) throw new Error(`request() returned ${error}: ${http.getLastError()?.message}`);
  return http;
}

/** What becomes of a whole request. */
export function fetched(url: string, asked: Asked = {}): Promise<HTTPResult> {
  return start(url, asked).completed();
}
