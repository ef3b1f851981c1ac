/** The start says which signature engine runs, and where it is from. */
import { expect, onTestFinished, test } from 'vitest';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { startComposed } from './composed-gateway.rig.ts';

test('the start says which engine runs, and whether a package, a build of here or JavaScript is behind it', async () => {
  const composed = await startComposed();
  onTestFinished(() => composed.stop());
  const { engine, origin } = chooseEngine();
  const said = composed.logLines.find(({ msg }) => msg === 'listening');
  expect(said).toMatchObject({ engine: engine.name, engine_from: origin });
  expect(origin).toMatch(
    engine.name === 'portable' ? /^JavaScript/ : /^(built here by cargo|@onecard\/engine-)/,
  );
});
