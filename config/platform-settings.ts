/** How a gateway reaches its central platform, and what it takes from it. */
import { Type } from 'typebox';
import { count, ms } from './setting-kinds.ts';

export const PlatformSchema = Type.Object(
  {
    url: Type.String({ pattern: '^https?://', description: 'Base address of the central platform.' }),
    expose_token_and_journal_by_plain_http: Type.Boolean({
      default: false,
      description:
        'true: an address with http:// is taken though it is of another machine. Whoever is on the way then reads the ' +
        "gateway's token and its records, and can act as this gateway.",
    }),
    root_file: Type.String({
      minLength: 1,
      description: 'First root of the TUF repository (root.json) that trust and lists come from.',
    }),
    sm2_root_file: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Root of the SM2 keys (sm2-root.json) that content and lists are signed with. Needed in crypto.profile sm, unless it is ' +
          'being changed over to.',
      }),
    ),
    token_file: Type.String({
      minLength: 1,
      description: 'File with the bearer token that the platform knows this gateway by.',
    }),
    poll_ms: ms(5_000, 'Time between looking for new trust and lists.'),
    follow_city: Type.Boolean({
      default: false,
      description:
        'true: the city document that the platform publishes, signed as trust is, holds in place of the one of the setting city, ' +
        'once there was one. A newer one is put in force while the gateway runs.',
    }),
    timeout_ms: ms(5_000, 'Time one request to the platform may take.'),
    delta_wait_ms: ms(25_000, 'How long one request waits for the next change of the card list.'),
    upload_batch: count(2_000, 'Journal records in one upload.'),
    link_hang_ms: ms(
      60_000,
      'Time after which the thread of the link is started again when it gives no sign of life. Reading a large list is one step of it.',
    ),
  },
  { additionalProperties: false },
);
