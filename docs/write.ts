/** `npm run docs`: writes the pages that are made from code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { scalePage } from '../bench/city/scale-page.ts';
import { usesPage } from '../cli/compliance/markdown.ts';
import { exitStatusPage } from '../cli/exit-statuses.ts';
import { citySchemaDocument } from '../config/city-document/city-schema.ts';
import { codesPage } from '../config/codes-page.ts';
import { settingsPage, settingsSchemaDocument } from '../config/settings-schema.ts';
import { dashboard } from '../deploy/observe/dashboard.ts';
import { prometheusRule } from '../deploy/observe/prometheus-rule.ts';

writeFileSync(new URL('./codes.md', import.meta.url), codesPage());
writeFileSync(new URL('./cryptography-uses.md', import.meta.url), usesPage('en'));
writeFileSync(new URL('./cryptography-uses.zh-CN.md', import.meta.url), usesPage('zh'));
writeFileSync(new URL('./exit-statuses.md', import.meta.url), exitStatusPage());
writeFileSync(new URL('./scale.md', import.meta.url), scalePage());
writeFileSync(new URL('./settings.md', import.meta.url), settingsPage());
writeFileSync(
  new URL('./settings.schema.json', import.meta.url),
  `${JSON.stringify(settingsSchemaDocument(), null, 2)}\n`,
);
writeFileSync(
  new URL('./city.schema.json', import.meta.url),
  `${JSON.stringify(citySchemaDocument(), null, 2)}\n`,
);
writeFileSync(
  new URL('../deploy/observe/dashboard.json', import.meta.url),
  `${JSON.stringify(dashboard(), null, 2)}\n`,
);
writeFileSync(
  new URL('../deploy/k8s/monitoring/prometheus-rule.yaml', import.meta.url),
  prometheusRule(readFileSync(new URL('../deploy/observe/rules.yaml', import.meta.url), 'utf8')),
);
