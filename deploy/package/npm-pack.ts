import { spawnSync } from 'node:child_process';

/** Packs a folder into a tarball in another; what npm says is shown. Ends the process where npm fails. */
export function npmPack(folder: string, out: string, ...options: readonly '--ignore-scripts'[]): void {
  const { status } = spawnSync('npm', ['pack', '--silent', '--pack-destination', out, ...options], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}
