/** Who waits for a path. */
export interface PathUser {
  /** The path is its own, until it releases it. */
  onTurn(): void;
}

/** Makes sure that of the downloads of a thread only one at a time uses a path. */
export class PathLocks {
  /** By path. The first of them has it. */
  readonly #users = new Map<string, PathUser[]>();

  /** Its turn may come at once. */
  take(path: string, user: PathUser): void {
    const users = this.#users.get(path);
    if (users) users.push(user);
    else {
      this.#users.set(path, [user]);
      user.onTurn();
    }
  }

  /** Whether it had its turn or not. */
  release(path: string, user: PathUser): void {
    const users = this.#users.get(path) ?? [];
    const [first] = users;
    const left = users.filter((other) => other !== user);
    if (left.length > 0) this.#users.set(path, left);
    else this.#users.delete(path);
    if (first === user) left[0]?.onTurn();
  }
}
