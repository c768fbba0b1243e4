const mebibyte = 1024 * 1024;

export function formatMebibytes(bytes: number): string {
  return `${(bytes / mebibyte).toFixed(1)} MiB`;
}
