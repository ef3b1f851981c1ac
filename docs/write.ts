/** `npm run docs`: writes the pages that are made from code. */
import { writeFileSync } from 'node:fs';
import { codesPage } from '../config/codes-page.ts';
import { exitStatusPage } from '../gateway/cli/exit-statuses.ts';

writeFileSync(new URL('./codes.md', import.meta.url), codesPage());
writeFileSync(new URL('./exit-statuses.md', import.meta.url), exitStatusPage());
