/** What a gateway accepts alone with less than this between one acceptance and the next is one outage. */
export const OUTAGE_GAP_MS = 60_000;
