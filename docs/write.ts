/** `npm run docs`: writes the pages that are made from code. */
import { writeFileSync } from 'node:fs';
import { codesPage } from '../config/codes-page.ts';

writeFileSync(new URL('./codes.md', import.meta.url), codesPage());
