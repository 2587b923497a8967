import { run } from './command.mjs';
import { UserError } from './user-error.mjs';

const OLDEST_MINOR = 11;
// The lock file was tried with 3.11 to 3.13; a newer one is taken when none of these is there.
const CANDIDATES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.14', 'python'];
const ASK = 'import sys; print(*sys.version_info[:2], sys.executable); import venv, ensurepip; print("venv")';

/** The path of a Python that can make virtual environments; `PYTHON` names one that comes first. */
export const findPython = async () => {
  const tooOld = [];
  let withoutVenv;
  for (const candidate of [process.env.PYTHON, ...CANDIDATES].filter(Boolean)) {
    const { output } = await run(candidate, ['-c', ASK]);
    const match = /^(\d+) (\d+) (.+)$/m.exec(output);
    if (match === null) continue;
    const [, major, minor, path] = match;
    if (Number(major) !== 3 || Number(minor) < OLDEST_MINOR) tooOld.push(`${major}.${minor}`);
    else if (!/^venv$/m.test(output)) withoutVenv = path;
    else return path;
  }
  if (withoutVenv !== undefined) {
    throw new UserError(
      `Lizzy needs Python's venv module, which ${withoutVenv} lacks (on Debian and Ubuntu: apt-get install python3-venv).`,
    );
  }
  throw new UserError(
    tooOld.length > 0
      ? `Lizzy needs Python 3.${OLDEST_MINOR} or newer; the newest here is Python ${tooOld[0]}.`
      : `Lizzy needs Python 3.${OLDEST_MINOR} or newer; there is no Python in the PATH.`,
  );
};
