import { requireBoolean, requireInteger, requireString } from '../options/arguments.ts';
import { RequestConstants } from './request-constants.ts';

/** Where the body of an `HTTPRequest` goes, and whether it may come packed. */
export abstract class DownloadSettings extends RequestConstants {
  #acceptGzip = true;
  #downloadFile = '';
  #downloadChunkSize = 65_536;
  #keepPartialDownload = false;
  #appendToDownloadFile = false;

  /** Whether a request is under way. */
  abstract isBusy(): boolean;

  /**
   * Whether servers are asked for packed bodies (`Accept-Encoding: gzip, deflate, br`, and `zstd` from Node 22.15 on;
   * unless a request has an `Accept-Encoding` of its own, or a `Range`), and these are unpacked: gzip, deflate, br and
   * zstd, and lists of up to five of them. Another coding, and a 206, is handed over as it came. The worker unpacks.
   * Default true.
   */
  get acceptGzip(): boolean {
    return this.#acceptGzip;
  }

  set acceptGzip(enabled: boolean) {
    requireBoolean('acceptGzip', enabled);
    this.#acceptGzip = enabled;
  }

  setAcceptGzip(enabled: boolean): void {
    this.acceptGzip = enabled;
  }

  isAcceptingGzip(): boolean {
    return this.#acceptGzip;
  }

  /**
   * The file that the body is stored in; `''`, the default: none, the body comes with the result. A relative path is
   * resolved against the working directory at `request()`. The worker writes `<file>.part`, and renames it when it is
   * complete. Only a 2xx touches the file. Not while busy.
   */
  get downloadFile(): string {
    return this.#downloadFile;
  }

  set downloadFile(path: string) {
    requireString('downloadFile', path);
    requireIdle(this, 'downloadFile');
    this.#downloadFile = path;
  }

  setDownloadFile(path: string): void {
    this.downloadFile = path;
  }

  getDownloadFile(): string {
    return this.#downloadFile;
  }

  /** Bytes of a write to the file. 256 to 16 777 216; default 65 536. Not while busy. */
  get downloadChunkSize(): number {
    return this.#downloadChunkSize;
  }

  set downloadChunkSize(bytes: number) {
    requireInteger('downloadChunkSize', bytes, 256, 2 ** 24);
    requireIdle(this, 'downloadChunkSize');
    this.#downloadChunkSize = bytes;
  }

  setDownloadChunkSize(bytes: number): void {
    this.downloadChunkSize = bytes;
  }

  getDownloadChunkSize(): number {
    return this.#downloadChunkSize;
  }

  /**
   * Whether `<file>.part` stays when the request fails or is cancelled, so that a request with `appendToDownloadFile`
   * can go on with it. Default false: it is deleted.
   */
  get keepPartialDownload(): boolean {
    return this.#keepPartialDownload;
  }

  set keepPartialDownload(enabled: boolean) {
    requireBoolean('keepPartialDownload', enabled);
    this.#keepPartialDownload = enabled;
  }

  setKeepPartialDownload(enabled: boolean): void {
    this.keepPartialDownload = enabled;
  }

  isKeepingPartialDownload(): boolean {
    return this.#keepPartialDownload;
  }

  /**
   * Whether the request goes on with the `<file>.part` that an earlier one has left: it asks for the rest of the body,
   * if the server's ETag shows that it is the same. Else the download starts over. Default false.
   */
  get appendToDownloadFile(): boolean {
    return this.#appendToDownloadFile;
  }

  set appendToDownloadFile(enabled: boolean) {
    requireBoolean('appendToDownloadFile', enabled);
    this.#appendToDownloadFile = enabled;
  }

  setAppendToDownloadFile(enabled: boolean): void {
    this.appendToDownloadFile = enabled;
  }

  isAppendingToDownloadFile(): boolean {
    return this.#appendToDownloadFile;
  }
}

/** Throws `Error` while a request of `http` is under way. */
export function requireIdle(http: DownloadSettings, name: string): void {
  if (http.isBusy()) throw new Error(`${name} can't be changed while a request is under way`);
}
