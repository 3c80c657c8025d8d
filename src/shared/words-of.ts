/** What an error says, in one line, whoever threw it: of another realm, and even if it is no error at all. */
export function wordsOf(error: unknown): string {
  try {
    return firstLine(isError(error) ? nameAndMessage(error) : String(error));
  } catch {
    return 'an error that says nothing';
  }
}

interface ErrorLike {
  readonly name?: unknown;
  readonly message: unknown;
}

function isError(error: unknown): error is ErrorLike {
  return typeof error === 'object' && error !== null && 'message' in error;
}

/** A plain Error's name says nothing; that of a SyntaxError does. */
function nameAndMessage({ name = 'Error', message }: ErrorLike): string {
  return name === 'Error' ? String(message) : `${String(name)}: ${String(message)}`;
}

/** Node adds to some the modules that asked for the one that is missing, each on a line. */
function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : text.slice(0, end);
}
