import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { REPOSITORY, SITE_PAGES, sourceUrl } from './site-pages.mjs';

/** @import { MarkdownRenderer } from 'vitepress' */
/** @typedef {ReturnType<MarkdownRenderer['parse']>[number]} Token */

const BY_SITE_NAME = new Map(Array.from(SITE_PAGES, ([from, to]) => [to, from]));

/**
 * The pages are written for the repository. Here a link to another page leads to that page of the site, and one to any
 * other file to the repository, or it is plain text if nobody knows where that is.
 *
 * @param {MarkdownRenderer} md
 */
export function repositoryLinks(md) {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const page = BY_SITE_NAME.get(env.relativePath);
    if (page === undefined) return; // of the reference
    for (const token of tokens) if (token.children) token.children = withLinks(token.children, page);
  });
}

/**
 * @param {Token[]} tokens Of one paragraph.
 * @param {string} page
 */
function withLinks(tokens, page) {
  let isText = false;
  return tokens.filter((token) => {
    if (token.type === 'link_open') {
      const href = hrefFor(String(token.attrGet('href')), page);
      isText = href === null;
      if (href !== null) token.attrSet('href', href);
      return !isText;
    }
    const isEnd = token.type === 'link_close';
    const keep = !(isEnd && isText);
    if (isEnd) isText = false;
    return keep;
  });
}

/**
 * @param {string} href
 * @param {string} page
 */
function hrefFor(href, page) {
  if (/^[a-z]+:|^#/.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const target = posix.join(posix.dirname(page), decodeURIComponent(path)).replace(/\/$/, '');
  if (!existsSync(join(REPOSITORY, target))) throw new Error(`${page}: there is no ${target}`);
  const sitePage = SITE_PAGES.get(target) ?? SITE_PAGES.get(posix.join(target, 'README.md'));
  if (sitePage === undefined) return sourceUrl(target);
  const from = posix.dirname(SITE_PAGES.get(page) ?? '');
  return `./${posix.relative(from, sitePage)}${anchor === undefined ? '' : `#${anchor}`}`;
}
