// The shell commands of a page as one script, which runs against a server of the test: addresses, ids and files of the
// page are replaced by those that there are.
import type { Block } from './markdown.ts';

export interface Places {
  readonly server: string;
  readonly receiver: string;
  /** What `acme` stands for. */
  readonly tenant: string;
}

/**
 * Stands before the commands. `latest ep` prints the last id of this kind that a command has printed; `$OUT` has all that
 * was printed. `$PLACE` says which block failed.
 */
const prelude = `set -eu -o pipefail
latest() { grep -o "$1_[0-9a-z]\\{26\\}" "$OUT" | tail -n 1; }
trap 'echo "failed at $PLACE"' ERR
`;

export function toScript(blocks: readonly Block[], places: Places): string {
  const parts = blocks.map(({ page, line, text }) => `PLACE=${page}:${line}\n${replacePlaces(text, places)}`);
  return prelude + parts.join('\n');
}

function replacePlaces(text: string, { server, receiver, tenant }: Places): string {
  return text
    .replaceAll(/https?:\/\/(127\.0\.0\.1:8480|(hooks|carillon)\.example\.com)/g, server)
    .replaceAll(/https?:\/\/(127\.0\.0\.1:9000|[a-z]+\.example)(?=[/"'\s])/g, receiver)
    .replaceAll(/\bacme\b/g, tenant)
    .replaceAll(/\blisten 3000\b/g, `listen ${new URL(receiver).port}`)
    .split('\n')
    .map(replaceIds)
    .join('\n');
}

/** `ep_01…` and ids in full stand for the last one that was printed. Within single quotes, the quotes are opened. */
function replaceIds(line: string): string {
  return line.replaceAll(
    /\b([a-z]{3}|ep)_(?:01)?(?:…|[0-9a-z]{26}\b)/g,
    (_id, prefix: string, at: number) => {
      const isQuoted = line.slice(0, at).split("'").length % 2 === 0;
      return isQuoted ? `'"$(latest ${prefix})"'` : `$(latest ${prefix})`;
    },
  );
}
