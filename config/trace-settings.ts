/** Settings of traces: spans of taps, for OpenTelemetry. */
import { Type } from 'typebox';
import { closed, count } from './setting-kinds.ts';

export const TraceSchema = closed({
  url: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description:
        'Where spans are sent by OTLP over HTTP, as JSON, such as http://127.0.0.1:4318/v1/traces. Without it nothing is traced.',
    }),
  ),
  one_in: count(1_000, 'Of so many taps one is traced, by chance.'),
});
