/** JSON Schema of the settings' file, for editors and validators: made from the one schema. */
import { allowedValues, type SettingSchema, settingLeaves } from './setting-leaves.ts';
import { SettingsSchema } from './settings.ts';

type Json = Readonly<Record<string, unknown>>;

/** Nothing that has a default is required. Relations between settings are not in it: `onecard config check` knows them. */
export function settingsSchemaDocument(): Json {
  const { properties, ...rest } = documentOf(SettingsSchema);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Settings of Onecard Gateway',
    ...rest,
    properties: {
      $schema: {
        type: 'string',
        description: 'Where this schema is, for editors. The gateway does not read it.',
      },
      ...(properties as Json),
    },
  };
}

function documentOf(schema: SettingSchema): Json {
  const { anyOf, properties, required, default: byDefault, ...rest } = schema;
  if (anyOf) {
    return { ...rest, type: 'string', enum: anyOf.map((each) => each.const), default: byDefault };
  }
  if (!properties) return { ...rest, ...(byDefault !== undefined && { default: byDefault }) };
  const needed = (required ?? []).filter((name) => properties[name]?.default === undefined);
  return {
    ...rest,
    ...(needed.length > 0 && { required: needed }),
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, each]) => [name, documentOf(each)]),
    ),
  };
}

/** The page of settings. `npm run docs` saves it; a test keeps the saved page true. */
export function settingsPage(): string {
  const groups = Map.groupBy(settingLeaves(SettingsSchema), ({ path }) => path.slice(0, -1).join('.'));
  const sections = [...groups].map(([group, leaves]) => {
    const rows = leaves.map(({ path, schema, variable, isRequired }) => {
      const { description = '', default: byDefault } = schema;
      const given = isRequired ? 'must be given' : byDefault === undefined ? '–' : `\`${byDefault}\``;
      return `| \`${path.at(-1)}\` | ${cell(allowedCell(schema))} | ${given} | ${cell(description)} | \`${variable}\` |`;
    });
    const head = [
      '| setting | may be | default | what it is | in the environment |',
      '|---|---|---|---|---|',
    ];
    return [group === '' ? '## At the top' : `## \`${group}\``, [...head, ...rows].join('\n')].join('\n\n');
  });
  return `${[PAGE_HEAD, ...sections].join('\n\n')}\n`;
}

const cell = (text: string) => text.replaceAll('|', '\\|');

/** A pattern is code, not Markdown. */
const allowedCell = (schema: SettingSchema) =>
  schema.pattern === undefined ? allowedValues(schema) : `text of the form \`${schema.pattern}\``;

const PAGE_HEAD = `# Settings

This page is written from \`config/settings.ts\` by \`npm run docs\`; a test fails when the two differ.

Settings are a JSON file (\`onecard serve --config gateway.json\`), variables of the environment, or both; the environment goes
first. Names carry their unit. What has a default may be left out. Paths in the file are relative to it, those in the
environment to the working directory. Secrets are never values: settings name the files they are in.

\`\`\`
onecard config check --config gateway.json    # everything that can be found wrong without starting
onecard config show --config gateway.json     # what is in force, and where each value comes from
onecard config schema > settings.schema.json  # for an editor: "$schema": "./settings.schema.json" in the file
\`\`\``;
