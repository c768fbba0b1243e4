// Vite plugin: the Markdown files of the project as modules. `virtual:documents` lists them, in the order of docs/README.md;
// each is loaded when it is read, as its sections with their HTML, and the text by which they are searched.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Marked, Renderer, type Tokens } from 'marked';
import type { Plugin } from 'vite';

const root = resolve(import.meta.dirname, '../..');

const index = 'docs/README.md';

/** The groups of the menu that follow those of the index, and the files of each. */
const groups: Readonly<Record<string, readonly string[]>> = {
  Dialects: ['docs/dialects/README.md', 'src/dialects/standard/README.md', 'docs/dialects/*.md'],
  Project: ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  Decisions: ['docs/decisions/*.md'],
};

const listId = 'virtual:documents';

export function markdown(): Plugin {
  return {
    name: 'markdown',
    resolveId: (id) => (id === listId ? `\0${listId}` : null),
    load: (id) => (id === `\0${listId}` ? listDocuments() : null),
    transform(text, id) {
      if (!id.endsWith('.md')) return null;
      const sections = readSections(text, relative(root, id));
      return { code: `export const sections = ${JSON.stringify(sections)};`, map: null, moduleType: 'js' };
    },
  };
}

function listDocuments(): string {
  const entries = listPaths().map(({ group, path }) => {
    const title = /^# (.+)$/m.exec(readFileSync(join(root, path), 'utf8'))?.[1] ?? path;
    const about = JSON.stringify({ group, title: title.replaceAll('`', ''), slug: slugOf(path) });
    return `{ ...${about}, load: () => import(${JSON.stringify(join(root, path))}) }`;
  });
  return `export const documents = [${entries.join(',\n')}];`;
}

interface Place {
  readonly group: string;
  readonly path: string;
}

function listPaths(): readonly Place[] {
  const others = Object.entries(groups).flatMap(([group, globs]) => {
    const found = globs.flatMap((glob) => globSync(glob, { cwd: root }).toSorted());
    return [...new Set(found)].map((path) => ({ group, path }));
  });
  return [...readIndex(), ...others];
}

/** The pages that the index links to, under its headings. The index itself is the first of them. */
export function readIndex(): readonly Place[] {
  const [, ...parts] = readFileSync(join(root, index), 'utf8').split(/^## /m);
  const places = parts.flatMap((part) => {
    const group = part.split('\n')[0] ?? '';
    const links = [...part.matchAll(/^- \[[^\]]+\]\(([^)#]+)\)/gm)];
    return links.map(([, link = '']) => ({ group, path: relative(root, resolve(root, 'docs', link)) }));
  });
  return [{ group: places[0]?.group ?? '', path: index }, ...places];
}

/**
 * `docs/dialects/chip.md` is at `/docs/dialects/chip`, `README.md` at `/docs/readme`, and the index at `/docs/index`, which
 * is shown at `/docs` too.
 */
function slugOf(path: string): string {
  if (path === index) return 'index';
  return path
    .replace(/^(docs|src)\//, '')
    .replace(/\/README\.md$/, '')
    .replace(/\.md$/, '')
    .toLowerCase();
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly depth: number;
  readonly html: string;
  readonly text: string;
}

/** The sections of a document: each from one heading to the next. */
function readSections(source: string, path: string): readonly Section[] {
  const marked = new Marked({ renderer: createRenderer(path) });
  const tokens = marked.lexer(source);
  const starts = tokens.flatMap(({ type }, index) => (type === 'heading' ? [index] : []));
  return starts.map((start, index) => {
    const heading = tokens[start] as Tokens.Heading;
    const own = tokens.slice(start, starts[index + 1] ?? tokens.length);
    const title = heading.text.replaceAll(/[`*]|\[|\]\([^)]*\)/g, '');
    const html = marked.parser(own);
    return { id: anchorOf(heading.text), title, depth: heading.depth, html, text: textOf(html) };
  });
}

/** As repositories of Markdown make them, so that links between the files hold. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function createRenderer(path: string): Renderer {
  const renderer = new Renderer();
  const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  renderer.heading = function heading({ depth, tokens, text }) {
    return `<h${depth} id="${anchorOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
  };
  renderer.code = ({ text }) => `<pre tabindex="0"><code>${escape(text)}</code></pre>\n`;
  renderer.link = function link({ href, tokens }) {
    const text = this.parser.parseInline(tokens);
    const target = targetOf(href, path);
    if (target === null) return text;
    const away = target.startsWith('http') ? ' target="_blank" rel="noreferrer"' : '';
    return `<a href="${escape(target).replaceAll('"', '%22')}"${away}>${text}</a>`;
  };
  renderer.listitem = function sample(item) {
    const file = sampleOf(item, path);
    if (file === null) return Renderer.prototype.listitem.call(this, item);
    const code = escape(readFileSync(file, 'utf8'));
    const summary = this.parser.parse(item.tokens);
    return `<li><details><summary>${summary}</summary><pre tabindex="0"><code>${code}</code></pre></details></li>\n`;
  };
  renderer.table = function scrolled(token) {
    return `<div class="table-scroll" tabindex="0">${Renderer.prototype.table.call(this, token)}</div>`;
  };
  renderer.image = ({ href, text }) =>
    href.endsWith('.svg') ? drawing(resolve(root, dirname(path), href), text) : '';
  return renderer;
}

/**
 * A drawing stands in the page, in the colors of its text. Other pictures are for readers of the files: they show these
 * pages.
 */
function drawing(file: string, text: string): string {
  const label = text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const svg = readFileSync(file, 'utf8')
    .trim()
    .replace(/ color="[^"]*"/, '')
    .replace('role="img"', `role="img" aria-label="${label}" class="drawing"`);
  return `<span class="table-scroll block" tabindex="0">${svg}</span>`;
}

/** Where a link leads: another page of the docs or a web site; null for a file that is no page. */
function targetOf(href: string, path: string): string | null {
  if (/^https?:/.test(href)) return href;
  if (href.startsWith('/')) return href.slice(1);
  const [file = '', anchor] = href.split('#');
  const target = file === '' ? path : relative(root, resolve(root, dirname(path), file));
  const isPage = listPaths().some((place) => place.path === target);
  return isPage ? `docs/${slugOf(target)}${anchor === undefined ? '' : `#${anchor}`}` : null;
}

/** The file under examples/ that a list item is a link to and nothing else: the page shows its code. */
function sampleOf({ tokens }: Tokens.ListItem, path: string): string | null {
  const [text] = tokens as [Tokens.Text?];
  const [link, ...rest] = text?.tokens ?? [];
  if (tokens.length !== 1 || link?.type !== 'link' || rest.length > 0) return null;
  const file = resolve(root, dirname(path), (link as Tokens.Link).href);
  return /\.(?!md$)\w+$/.test(file) && file.startsWith(join(root, 'examples/')) ? file : null;
}
