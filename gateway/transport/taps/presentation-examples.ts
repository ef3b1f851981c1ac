/** One presentation of each family as it looks in JSON. Bytes are shortened: the shape is right, the proof is not. */
export const PRESENTATION_EXAMPLES: Readonly<Record<string, object>> = {
  'transit-qr': {
    family: 'transit-qr',
    credential: { hex: '80014924010100000112031045001230000000' },
    context: {},
    scene: '29/entry',
  },
  'chip-oda': {
    family: 'chip-oda',
    credential: {
      tags: {
        '84': 'A000000333010101',
        '8F': '57',
        '90': '1203104500123000000000',
        '9F46': '1462284800000110011712300000000404',
        '9F4B': '1503020102',
        '5A': '6228480000011001',
      },
      staticData: '5A086228480000011001',
    },
    context: { mode: 'dda', terminal: { '9F37': '63AFC600' } },
    deadline_ms: 300,
  },
};
