import { DEFAULT_REQUEST, escapeBytes, type Request } from '../notation.ts';

/** What a parser is given: what it knows of the request, and all that the server sends. */
export interface Input {
  /** `makeInput(seed)` makes this one. */
  readonly seed: number;
  readonly request: Request;
  readonly bytes: Uint8Array;
}

/** The input as the first block of a case in `cases/*.md`, to be pasted there. */
export function describeInput({ request, bytes }: Input): string {
  const words = ['http'];
  if (request.method !== DEFAULT_REQUEST.method) words.push(request.method);
  if (request.close) words.push('close');
  if (request.upgrade) words.push('upgrade');
  for (const key of ['maxHeadSize', 'maxHeadFields'] as const) {
    if (request[key] !== DEFAULT_REQUEST[key]) words.push(`${key}=${request[key]}`);
  }
  return `\`\`\`${words.join(' ')}\n${linesOf(bytes)}\n\`\`\``;
}

/** Escaped, with the line ends of the document behind those of the wire. */
function linesOf(bytes: Uint8Array): string {
  return (
    escapeBytes(bytes)
      .replace(/\\n(?!$)/g, '\\n\n')
      // Editors take blanks away from ends of lines, and `\(` begins a repetition.
      .replace(/ $/gm, '\\x20')
      .replace(/\\\(/g, '\\\\x28')
  );
}
