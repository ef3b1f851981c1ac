/** Positions that are kept beside the records, by name. */
export const CURSORS = {
  /** The index of taps is complete up to here. */
  indexed: 'indexed',
  /** The platform has confirmed the records up to here. */
  confirmed: 'uploaded',
  /** The records up to here were judged again where they had to be, and what differed was told to the platform. */
  rejudged: 'rejudged',
} as const;
