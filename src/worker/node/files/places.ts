import { dirname, isAbsolute, sep } from 'node:path';
import { Result } from '../../../shared/enums.ts';
import { cantOpen, notAFile } from './errors.ts';
import { lstat, readlink } from './file-system.ts';

/** The paths of a download. None of them is a link. */
export interface Places {
  readonly target: string;
  readonly part: string;
  readonly record: string;
  /** Permissions of the file that is to be replaced. Null if there is no such file. */
  readonly mode: number | null;
}

/** Follows the links of a path, even if they lead to where nothing is yet. */
export async function findPlaces(path: string): Promise<Places> {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const found = await lstat(at);
    if (found === null || found.isFile()) {
      const mode = found && Number(found.mode) & PERMISSIONS;
      return { target: at, part: `${at}.part`, record: `${at}.part.json`, mode };
    }
    if (!found.isSymbolicLink()) throw notAFile(Result.DOWNLOAD_FILE_CANT_OPEN, path);
    const link = await readlink(at);
    // Not normalised: what `..` means in a path depends on the links before it.
    at = isAbsolute(link) ? link : dirname(at) + sep + link;
  }
  throw cantOpen(Object.assign(new Error('too many links'), { code: 'ELOOP' }), path);
}

/** As many as Linux follows. */
const MOST_LINKS = 40;

/** Without setuid and the like: the new content is another program. */
const PERMISSIONS = 0o777;
