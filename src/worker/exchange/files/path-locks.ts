/** A user of a path, which may have to wait for it. */
export interface PathUser {
  /** The user has the path until it releases it. */
  onTurn(): void;
}

/** Makes sure that only one download of a thread at a time uses a path. */
export class PathLocks {
  /** The users of each path. The first one has it, the others wait. */
  readonly #users = new Map<string, PathUser[]>();

  /** Asks for a path. The user's turn may come at once, inside this call. */
  take(path: string, user: PathUser): void {
    const users = this.#users.get(path);
    if (users) users.push(user);
    else {
      this.#users.set(path, [user]);
      user.onTurn();
    }
  }

  /** Gives up a path, or stops waiting for it. */
  release(path: string, user: PathUser): void {
    const users = this.#users.get(path) ?? [];
    const [first] = users;
    const left = users.filter((other) => other !== user);
    if (left.length > 0) this.#users.set(path, left);
    else this.#users.delete(path);
    if (first === user) left[0]?.onTurn();
  }
}
