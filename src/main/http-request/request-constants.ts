import { Result } from '../../shared/enums.ts';

/** The constants of Godot's `HTTPRequest`, so that `HTTPRequest.RESULT_SUCCESS` reads as it does in a Godot script. */
export abstract class RequestConstants {
  static readonly RESULT_SUCCESS = Result.SUCCESS;
  static readonly RESULT_CHUNKED_BODY_SIZE_MISMATCH = Result.CHUNKED_BODY_SIZE_MISMATCH;
  static readonly RESULT_CANT_CONNECT = Result.CANT_CONNECT;
  static readonly RESULT_CANT_RESOLVE = Result.CANT_RESOLVE;
  static readonly RESULT_CONNECTION_ERROR = Result.CONNECTION_ERROR;
  static readonly RESULT_TLS_HANDSHAKE_ERROR = Result.TLS_HANDSHAKE_ERROR;
  static readonly RESULT_NO_RESPONSE = Result.NO_RESPONSE;
  static readonly RESULT_BODY_SIZE_LIMIT_EXCEEDED = Result.BODY_SIZE_LIMIT_EXCEEDED;
  static readonly RESULT_BODY_DECOMPRESS_FAILED = Result.BODY_DECOMPRESS_FAILED;
  static readonly RESULT_REQUEST_FAILED = Result.REQUEST_FAILED;
  static readonly RESULT_DOWNLOAD_FILE_CANT_OPEN = Result.DOWNLOAD_FILE_CANT_OPEN;
  static readonly RESULT_DOWNLOAD_FILE_WRITE_ERROR = Result.DOWNLOAD_FILE_WRITE_ERROR;
  static readonly RESULT_REDIRECT_LIMIT_REACHED = Result.REDIRECT_LIMIT_REACHED;
  static readonly RESULT_TIMEOUT = Result.TIMEOUT;
}
