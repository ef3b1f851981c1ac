/** Records as the first version wrote them: at positions 7 and 8, of `gw-1`. */
export const VERSION_1_LISTED = Buffer.from(
  'AVUAtoXcACSmZ2F0ZS0xxBAAESIzRFVmd4iZqrvM3e7/B8tCeh9/gwBwAADEELug4Z6HegF16PCMGoRKEnyqdHJhbnNpdC1x' +
    'cqcyOS9nYXRlrHRyYW5zaXQtZ2F0ZapwLTNmMmE5YzFisnQtMDEyMzQ1Njc4OWFiY2RlZgHDqHByb29mLm9rwKgwMzY2NDUz' +
    'MKJjca1pbnRlcm9wZXJhYmxlxBA3FkUZfWMy9HxN07EIm9/QxBAP4Btt/pnkn5JOWUvdlgfh3gADrGFjY291bnRfdHlwZQKp' +
    'bGltaXRfZmVuzXUwrWludGVyb3BlcmFibGXDAACjYy03zQTSBcQQVryjpO8UzyoGMab465gdgctCeh9/kaZwAMKmZ3ctMTo3' +
    'AKphbGxvdy5nb29kwMDA3gADpmlzc3VlcqgwMzY2NDUzMKZyZWdpb26iY3GsZW50aXRsZW1lbnRzBQ==',
  'base64',
);
export const VERSION_1_NO_LIST = Buffer.from(
  'AWk9ubvcACSmZ2F0ZS0xxBAAESIzRFVmd4iZqrvM3e7/CMtCeh9/gwCAAADEEEBsG48wJkSQIHQoJFkucbmqdHJhbnNpdC1x' +
    'cqcyOS9nYXRlrHRyYW5zaXQtZ2F0ZapwLTNmMmE5YzFisnQtMDEyMzQ1Njc4OWFiY2RlZgPDqHByb29mLm9rwKgwMzY2NDUz' +
    'MKJjca1pbnRlcm9wZXJhYmxlxBBkUdb+LPzh/ycGhkUjcZgqxBD40npw7l/o8chNlcL8+f4f3gADrGFjY291bnRfdHlwZQKp' +
    'bGltaXRfZmVuzXUwrWludGVyb3BlcmFibGXDBQHAAADEEBkn05c6ycJuWW4xLhe6XLLLQnoff5GmgADCpmd3LTE6OAGsZGVu' +
    'eS5ub19saXN0wMDA3gADpmlzc3VlcqgwMzY2NDUzMKZyZWdpb26iY3GsZW50aXRsZW1lbnRzBQ==',
  'base64',
);
