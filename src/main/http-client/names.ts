import { Result, Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import { requireNumber } from '../options/arguments.ts';

/** The name of a {@link Status}, for logs: `"CONNECTED"`. For any other number, its digits. Beyond Godot. */
export function statusName(status: number): string {
  requireNumber('status', status);
  return nameIn(Status, status);
}

/** The name of an {@link ErrorCode}, for logs: `"ERR_BUSY"`. For any other number, its digits. Beyond Godot. */
export function errorName(code: number): string {
  requireNumber('code', code);
  return nameIn(ErrorCode, code);
}

/** The name of a {@link Result}, for logs: `"TIMEOUT"`. For any other number, its digits. Beyond Godot. */
export function resultName(result: number): string {
  requireNumber('result', result);
  return nameIn(Result, result);
}

function nameIn(members: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(members).find(([, member]) => member === value)?.[0] ?? String(value);
}
