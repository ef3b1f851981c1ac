/** The holders that settings name. */
import type { Settings } from '../../config/settings.ts';
import type { KeyHolder, KeyHolderEvents } from '../key-holder.ts';
import { HolderElsewhere } from './elsewhere.ts';
import type { HolderReach } from './link.ts';

/** What is read of the settings; plain data, that threads can be given. */
export type KeySettings = Pick<Settings['crypto'], 'keys' | 'pkcs11' | 'sdf'>;
export type ElsewhereKind = 'pkcs11' | 'sdf';

/** Nothing is started before a key is wanted. Throws TypeError where the settings do not say how it is reached. */
export function openKeyHolder(
  kind: ElsewhereKind,
  settings: KeySettings,
  events: KeyHolderEvents,
): KeyHolder {
  const { deadline_ms, breaker_failures, breaker_open_ms } = settings.keys;
  return new HolderElsewhere({
    ...{ kind, events, reach: reachOf(kind, settings), deadlineMs: deadline_ms },
    ...{ failuresMax: breaker_failures, pauseMs: breaker_open_ms },
  });
}

export function reachOf(kind: ElsewhereKind, { pkcs11, sdf }: KeySettings): HolderReach {
  const { socket_file: socket, program_file: program } = (kind === 'sdf' ? sdf : pkcs11) ?? {};
  if (socket !== undefined) return { socket };
  if (program === undefined) throw new TypeError(`settings do not say how ${kind} is reached`);
  const options = kind === 'sdf' ? sdfOptions(sdf) : pkcs11Options(pkcs11);
  return { program, args: [kind, ...options.flatMap(([name, value]) => [`--${name}`, value])] };
}

function pkcs11Options(settings: KeySettings['pkcs11']): [string, string][] {
  const { module_file = '', token_label = '', pin_file = '' } = settings ?? {};
  return [
    ['module', module_file],
    ['token', token_label],
    ['pin-file', pin_file],
  ];
}

function sdfOptions(settings: KeySettings['sdf']): [string, string][] {
  const { library_file = '', password_file, sm4_ecb_id = 0 } = settings ?? {};
  return [
    ['library', library_file],
    ['sm4-ecb-id', String(sm4_ecb_id)],
    ...(password_file === undefined ? [] : [['password-file', password_file] as [string, string]]),
  ];
}
