import { text } from 'node:stream/consumers';
import type { Route, Site } from './site.ts';

interface Task {
  readonly code: string;
  readonly told: (result: { value: never } | { error: string }) => void;
}

const PAGE = `<!doctype html><title>A page</title><link rel="icon" href="data:,">
<script type="module">
  await import('/helpers');
  for (;;) {
    const code = await (await fetch('/task')).text();
    const told = await (0, eval)(code).then(
      (value) => ({ value }),
      (error) => ({ error: String(error?.stack ?? error) }),
    );
    await fetch('/told', { method: 'POST', body: JSON.stringify(told) });
  }
</script>`;

/** Evaluates functions in a page that no driver has: the page, `/remote`, asks its server for them. */
export class Remote {
  #task: Task | null = null;
  #hand: ((code: string) => void) | null = null;

  constructor(site: Site) {
    Object.assign(site.routes, this.#routes);
  }

  readonly #routes: Record<string, Route> = {
    remote: ({ response }) => response.setHeader('Content-Type', 'text/html').end(PAGE),
    task: ({ response }) => {
      this.#hand = (code) => response.end(code);
      this.#give();
    },
    told: async ({ request, response }) => {
      const { told } = this.#task ?? {};
      this.#task = null;
      told?.(JSON.parse(await text(request)));
      response.end();
    },
  };

  #give(): void {
    if (this.#task === null || this.#hand === null) return;
    this.#hand(this.#task.code);
    this.#hand = null;
  }

  /** One after the other. What a function takes and returns has to survive JSON. */
  evaluate<A, R>(act: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  evaluate<R>(act: () => R | Promise<R>): Promise<R>;
  evaluate<A, R>(act: (argument: A) => R | Promise<R>, argument?: A): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#task = {
        code: `(async () => (${act})(${JSON.stringify(argument)}))()`,
        told: (result) =>
          'error' in result ? reject(new Error(`In the page: ${result.error}`)) : resolve(result.value),
      };
      this.#give();
    });
  }
}
