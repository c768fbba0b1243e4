// Where the bytes of Postgres' log go: its records by table and index, read by the extension pg_walinspect.
import { runSql } from '../test/support/postgres.ts';
import { formatTable } from './report.ts';

/** A position in the log. */
export async function readPosition(url: string): Promise<string> {
  const [row] = await runSql(url, 'select pg_current_wal_insert_lsn()::text as position');
  return String(row?.['position']);
}

/** The smallest share of the log that has a line of its own, in bytes per delivery. */
const shownMin = 5;

/**
 * A table of bytes per delivery, written between two positions. Partitions count as their table. Images of whole pages, which
 * depend on when checkpoints are made, are apart. Empty where the extension is missing or not allowed.
 */
export async function describeLog(url: string, from: string, until: string, count: number): Promise<string> {
  const rows = await runSql(url, 'create extension if not exists pg_walinspect')
    .then(() => runSql(url, recordsBetween(from, until)))
    .catch(() => []);
  const cells = rows.map((row) => {
    const per = (name: string): number => Number(row[name]) / count;
    return { name: String(row['name']), records: per('records'), bytes: per('bytes'), images: per('images') };
  });
  const shown = cells.filter(({ bytes, images }) => bytes >= shownMin || images >= shownMin);
  const rest = cells.filter((cell) => !shown.includes(cell));
  const add = (of: 'records' | 'bytes' | 'images', some: typeof cells): number =>
    some.reduce((sum, cell) => sum + cell[of], 0);
  const line = (name: string, some: typeof cells): string[] => [
    name,
    add('records', some).toFixed(2),
    add('bytes', some).toFixed(0),
    add('images', some).toFixed(0),
  ];
  if (cells.length === 0) return '';
  const lines = shown.map((cell) => line(cell.name, [cell]));
  const head = ['log per delivery', 'records', 'bytes', 'images of pages'];
  return formatTable(head, [...lines, line('everything else', rest), line('all', cells)]);
}

/** The first block of a record says to which table or index it belongs. */
function recordsBetween(from: string, until: string): string {
  return `
    with records as (
      select start_lsn, record_length - fpi_length as bytes, fpi_length as images
      from pg_get_wal_records_info('${from}', '${until}')
    ), blocks as (
      select distinct on (start_lsn) start_lsn, relfilenode
      from pg_get_wal_block_info('${from}', '${until}', false) order by start_lsn, block_id
    ), named as (
      select coalesce(regexp_replace(c.relname, '_[0-9]{8}', ''), 'commits and the like') as name, r.*
      from records r left join blocks b using (start_lsn) left join pg_class c on c.relfilenode = b.relfilenode
    )
    select name, count(*) as records, sum(bytes) as bytes, sum(images) as images
    from named group by name order by bytes desc`;
}
