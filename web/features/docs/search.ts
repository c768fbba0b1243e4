// Search over all documents: the sections that have every word, those with a word in their title first.
import { documents } from 'virtual:documents';

interface Found {
  readonly slug: string;
  readonly id: string;
  readonly title: string;
  readonly excerpt: string;
}

const foundMax = 20;
const excerptLength = 120;

export async function searchSections(text: string): Promise<readonly Found[]> {
  const words = text.toLowerCase().split(/\s+/);
  const all = await Promise.all(
    documents.map(async ({ slug, load }) => (await load()).sections.map((section) => ({ slug, ...section }))),
  );
  const hits = all.flat().filter(({ title, text: body }) => {
    const searched = `${title} ${body}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  });
  const isTitled = ({ title }: { readonly title: string }): boolean =>
    words.some((word) => title.toLowerCase().includes(word));
  return [...hits.filter(isTitled), ...hits.filter((hit) => !isTitled(hit))]
    .slice(0, foundMax)
    .map(({ slug, id, title, text: body }) => ({ slug, id, title, excerpt: excerptOf(body, words[0] ?? '') }));
}

function excerptOf(text: string, word: string): string {
  const at = Math.max(0, text.toLowerCase().indexOf(word) - 40);
  const cut = text.slice(at, at + excerptLength);
  return `${at > 0 ? '… ' : ''}${cut}${at + excerptLength < text.length ? ' …' : ''}`;
}
