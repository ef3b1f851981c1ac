/** The OpenAPI 3.1 document, made from the routes that are served and the schemas that validate. */
import type { TSchema } from 'typebox';
import { type Code, codeEntry } from '../../config/codes.ts';
import { binForm, hexForm } from '../../workers/families/byte-form.ts';
import type { ByteForm } from '../../workers/families/family.ts';
import { presentationSchema, type ReadableFamily } from '../tap/1-decode/decode.ts';
import { PROBLEM_MEDIA_TYPE } from './problem.ts';
import { Problem } from './problem-schema.ts';
import type { Content, Operation, Route } from './route.ts';
import {
  BatchResponse,
  Challenge,
  ChallengeRequest,
  Decision,
  HealthDocument,
  Receipt,
  ReceiptKeys,
  ReceiptRequest,
  Session,
  VerificationEnvelope,
  VerificationRules,
} from './taps/rest-schemas.ts';
import { SceneAnswer, ScenesAnswer } from './taps/scene-schemas.ts';

const VERSION = '1.0.0';

/** Name of a family's presentation under components/schemas. */
function componentName(family: ReadableFamily, form: ByteForm): string {
  return form.name === 'hex' ? `Presentation.${family.name}` : `PresentationBinary.${family.name}`;
}

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** `batchItems`: most items one batch may hold. */
export function createOpenApi(
  routes: readonly Route[],
  families: readonly ReadableFamily[],
  batchItems: number,
): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route.operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Onecard Gateway',
      version: VERSION,
      description: 'May this presentation pass here, now? Codes are explained in docs/codes.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: schemas(
        families.filter(({ presentable }) => presentable),
        batchItems,
      ),
      securitySchemes: {
        deviceToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Signed by the device, short-lived, good once (docs/protocol.md).',
        },
        sessionToken: { type: 'http', scheme: 'bearer', description: 'From POST /v1/sessions.' },
      },
    },
  };
}

/** With the components by name: clients have one type of decision then, wherever it comes. */
const batchResponse = {
  ...BatchResponse,
  properties: {
    results: {
      ...BatchResponse.properties.results,
      items: { anyOf: [reference('Decision'), reference('Problem')] },
    },
  },
};

function schemas(families: readonly ReadableFamily[], batchItems: number): Record<string, TSchema | object> {
  const all: Record<string, TSchema | object> = {};
  for (const [form, suffix] of [
    [hexForm, ''],
    [binForm, 'Binary'],
  ] as const) {
    for (const family of families) {
      all[componentName(family, form)] = presentationSchema(
        family,
        form,
        VerificationEnvelope,
        VerificationRules,
      );
    }
    all[`VerificationRequest${suffix}`] = {
      oneOf: families.map((family) => reference(componentName(family, form))),
      discriminator: {
        propertyName: 'family',
        mapping: Object.fromEntries(
          families.map((family) => [family.name, reference(componentName(family, form)).$ref]),
        ),
      },
    };
    all[`BatchRequest${suffix}`] = {
      type: 'object',
      required: ['items'],
      properties: {
        items: {
          type: 'array',
          minItems: 1,
          maxItems: batchItems,
          items: reference(`VerificationRequest${suffix}`),
        },
      },
      additionalProperties: false,
    };
  }
  return {
    ...all,
    Decision,
    Problem,
    BatchResponse: batchResponse,
    Session,
    ChallengeRequest,
    Challenge,
    ReceiptRequest,
    Receipt,
    ReceiptKeys,
    SceneAnswer,
    ScenesAnswer,
    Health: HealthDocument,
  };
}

function operation({
  operationId,
  summary,
  description,
  security,
  parameters = [],
  request,
  responses,
  problems,
}: Operation): object {
  const answers: Record<string, object> = {};
  for (const { status, description: meaning, content } of responses) {
    answers[status] = { description: meaning, ...contentOf(content) };
  }
  for (const [status, codes] of byStatus(problems)) {
    const content = { [PROBLEM_MEDIA_TYPE]: { schema: 'Problem' } };
    // Health answers 503 with its own document, and never with a problem.
    answers[status] ??= {
      description: codes.map((code) => `\`${code}\`: ${codeEntry(code).meaning}`).join('\n\n'),
      ...contentOf(content),
    };
  }
  return {
    operationId,
    summary,
    description,
    security: securityOf(security),
    ...(parameters.length > 0 && {
      parameters: parameters.map(({ name, schema }) => ({ name, in: 'path', required: true, schema })),
    }),
    ...(request && { requestBody: { required: true, ...contentOf(request) } }),
    responses: answers,
  };
}

function securityOf(security: Operation['security']): object[] {
  if (security === null) return [];
  return security === 'deviceToken' ? [{ deviceToken: [] }] : [{ sessionToken: [] }, { deviceToken: [] }];
}

function contentOf(content: Readonly<Record<string, Content>>): object {
  const entries = Object.entries(content).map(([mediaType, { schema, examples }]) => [
    mediaType,
    {
      schema: typeof schema === 'string' ? reference(schema) : schema,
      ...(examples && {
        examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
      }),
    },
  ]);
  return entries.length === 0 ? {} : { content: Object.fromEntries(entries) };
}

function byStatus(codes: readonly Code[]): Map<number, Code[]> {
  const statuses = new Map<number, Code[]>();
  for (const code of codes) {
    const { http } = codeEntry(code);
    statuses.set(http, [...(statuses.get(http) ?? []), code]);
  }
  return new Map([...statuses].sort(([a], [b]) => a - b));
}
