import GithubSlugger from 'github-slugger';
import { marked, type Token } from 'marked';

/** What the links of a page are about. */
export interface Page {
  /** Where links and pictures lead, as they are written. */
  readonly links: readonly string[];
  /** What stands behind a `#` of a link to here, as GitHub makes it of a heading. */
  readonly anchors: ReadonlySet<string>;
}

export function readPage(text: string): Page {
  const links: string[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  marked.walkTokens(marked.lexer(text), (token) => {
    if (token.type === 'link' || token.type === 'image') links.push(token.href);
    else if (token.type === 'heading') anchors.add(slugger.slug(textOf(token)));
    else if (token.type === 'html') {
      for (const [, href = ''] of token.raw.matchAll(/\s(?:href|src)="([^"]*)"/g)) links.push(href);
      for (const [, id = ''] of token.raw.matchAll(/\s(?:id|name)="([^"]*)"/g)) anchors.add(id);
    }
  });
  return { links, anchors };
}

/** What is read of a token, without its marks. */
function textOf(token: Token): string {
  if ('tokens' in token && token.tokens) return token.tokens.map(textOf).join('');
  return 'text' in token ? token.text : '';
}
