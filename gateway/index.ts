/**
 * `onecard-gateway`: a gateway in a program of yours.
 *
 *     const settings = loadSettings('gateway.json');
 *     const gateway = createGateway(settings, { log: createLog('info', settings.gateway_id) });
 *     const { http } = await gateway.start();
 *     …
 *     await gateway.stop();
 *
 * One at a time owns a data folder. Whoever needs its timing and its memory starts Node as `onecard` itself does
 * (`cli/node-flags.json`, `cli/node-environment.json`), and lets the process end and start anew when `failed` resolves.
 */
export { loadSettings } from '../config/load-settings.ts';
export { parseSettings, type Settings, SettingsError } from '../config/settings.ts';
export {
  createGateway,
  type Gateway,
  type GatewayAddress,
  type GatewayOptions,
  GatewayStartError,
} from './compose/compose.ts';
export { createLog, type Log } from './observe/log.ts';
