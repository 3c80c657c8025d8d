import { requireBoolean, requireInteger, requireString } from '../options/arguments.ts';
import { RequestConstants } from './request-constants.ts';

/** Where the body of an `HTTPRequest` goes, and whether it may come compressed. */
export abstract class DownloadSettings extends RequestConstants {
  #acceptGzip = true;
  #downloadFile = '';
  #downloadChunkSize = 65_536;
  #keepPartialDownload = false;
  #appendToDownloadFile = false;

  /** Whether a request is under way. */
  abstract isBusy(): boolean;

  /**
   * Whether the request asks for compressed bodies, and decompresses them, on the worker. It sends
   * `Accept-Encoding: gzip, deflate, br`, and `zstd` from Node 22.15 on, unless it has an `Accept-Encoding` or a
   * `Range` of its own. A body in gzip, deflate, br or zstd, or in a list of up to five of them, is decompressed. A
   * body in another coding, and a 206, are delivered as they came. Default true.
   */
  get acceptGzip(): boolean {
    return this.#acceptGzip;
  }

  set acceptGzip(enabled: boolean) {
    requireBoolean('acceptGzip', enabled);
    this.#acceptGzip = enabled;
  }

  /** Godot's setter of {@link acceptGzip}. */
  setAcceptGzip(enabled: boolean): void {
    this.acceptGzip = enabled;
  }

  /** Godot's getter of {@link acceptGzip}. */
  isAcceptingGzip(): boolean {
    return this.#acceptGzip;
  }

  /**
   * The path of the file that the body is stored in. `''`, the default: the body comes with the result. A relative path
   * is resolved against the working directory at `request()`. The worker writes `<file>.part`, and renames it when it
   * is complete. Only a 2xx response touches the file. Throws `Error` while a request is under way.
   */
  get downloadFile(): string {
    return this.#downloadFile;
  }

  set downloadFile(path: string) {
    requireString('downloadFile', path);
    requireIdle(this, 'downloadFile');
    this.#downloadFile = path;
  }

  /** Godot's setter of {@link downloadFile}. */
  setDownloadFile(path: string): void {
    this.downloadFile = path;
  }

  /** Godot's getter of {@link downloadFile}. */
  getDownloadFile(): string {
    return this.#downloadFile;
  }

  /**
   * The least bytes that are written to the file at once: 256 to 16 777 216, default 65 536. Throws `Error` while a
   * request is under way.
   */
  get downloadChunkSize(): number {
    return this.#downloadChunkSize;
  }

  set downloadChunkSize(bytes: number) {
    requireInteger('downloadChunkSize', bytes, 256, 2 ** 24);
    requireIdle(this, 'downloadChunkSize');
    this.#downloadChunkSize = bytes;
  }

  /** Godot's setter of {@link downloadChunkSize}. */
  setDownloadChunkSize(bytes: number): void {
    this.downloadChunkSize = bytes;
  }

  /** Godot's getter of {@link downloadChunkSize}. */
  getDownloadChunkSize(): number {
    return this.#downloadChunkSize;
  }

  /**
   * Whether `<file>.part` is kept when the request fails or is cancelled, so that a request with `appendToDownloadFile`
   * can resume it. Default false: it is deleted.
   */
  get keepPartialDownload(): boolean {
    return this.#keepPartialDownload;
  }

  set keepPartialDownload(enabled: boolean) {
    requireBoolean('keepPartialDownload', enabled);
    this.#keepPartialDownload = enabled;
  }

  /** Godot's setter of {@link keepPartialDownload}. */
  setKeepPartialDownload(enabled: boolean): void {
    this.keepPartialDownload = enabled;
  }

  /** Godot's getter of {@link keepPartialDownload}. */
  isKeepingPartialDownload(): boolean {
    return this.#keepPartialDownload;
  }

  /**
   * Whether the request resumes the `<file>.part` that an earlier one has left. It asks for the rest of the body if the
   * server's ETag shows that the body is the same (RFC 9110 section 14). Otherwise the download starts over. Default
   * false.
   */
  get appendToDownloadFile(): boolean {
    return this.#appendToDownloadFile;
  }

  set appendToDownloadFile(enabled: boolean) {
    requireBoolean('appendToDownloadFile', enabled);
    this.#appendToDownloadFile = enabled;
  }

  /** Godot's setter of {@link appendToDownloadFile}. */
  setAppendToDownloadFile(enabled: boolean): void {
    this.appendToDownloadFile = enabled;
  }

  /** Godot's getter of {@link appendToDownloadFile}. */
  isAppendingToDownloadFile(): boolean {
    return this.#appendToDownloadFile;
  }
}

/** Throws `Error` while a request of `http` is under way. */
export function requireIdle(http: DownloadSettings, name: string): void {
  if (http.isBusy()) throw new Error(`${name} can't be changed while a request is under way`);
}
