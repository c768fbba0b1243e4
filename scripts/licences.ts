// `npm run licences`: writes docs/licences.md from package-lock.json. Its test fails when it was not run.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listRuntimePackages } from './runtime-packages.ts';

export const licencesFile = join(import.meta.dirname, '../docs/licences.md');

const head = `<!-- Made by npm run licences. -->

# Licences

Carillon is under the [MIT licence](../LICENSE). An installation has these packages besides, each with its licence text in its folder in
\`node_modules\`:

| package | version | licence |
| --- | --- | --- |
`;

const foot = `
The pages in \`web/dist\` contain other libraries; \`web/dist/licences.md\`, which every build makes, has their names, versions and licence
texts. \`npm run sbom\` in a checkout prints the packages above as CycloneDX.
`;

export function formatLicences(): string {
  const rows = listRuntimePackages().map(
    ({ name, version, licence }) => `| \`${name}\` | ${version} | ${licence} |\n`,
  );
  return head + rows.join('') + foot;
}

if (import.meta.main) writeFileSync(licencesFile, formatLicences());
