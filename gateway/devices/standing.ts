/** Whether who was authenticated earlier is still who is enrolled now. */
import type { Code } from '../../config/codes.ts';
import type { Device } from '../verification.ts';
import { type DeviceRegistry, enrolmentOf } from './registry.ts';

/** A connection or session belongs to one enrolment, and ends with it. */
export type Enrolled = Pick<Device, 'deviceId' | 'enrolment'>;

/** Why what was opened under an enrolment must end; null while it may go on. Throws what the registry throws. */
export function standingOf(
  registry: Pick<DeviceRegistry, 'find'>,
  { deviceId, enrolment }: Enrolled,
): Code | null {
  const device = registry.find(deviceId);
  if (device === null) return 'auth.unknown_device';
  if (enrolmentOf(device) !== enrolment) return 'auth.enrolment_ended';
  return device.revokedAtMs === null ? null : 'auth.device_revoked';
}
