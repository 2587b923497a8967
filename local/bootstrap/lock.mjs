import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot } from './root.mjs';

const LOCK = inRoot('.local', 'bootstrap.lock');
const POLL_MILLISECONDS = 200;

const ownerOf = (directory) => {
  try {
    return Number(readFileSync(`${directory}/pid`, 'utf8'));
  } catch {
    return 0;
  }
};

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** A full directory cannot be renamed onto another full one: who succeeds has the lock, its pid already in it. */
const take = () => {
  const mine = `${LOCK}.${process.pid}`;
  mkdirSync(mine, { recursive: true });
  writeFileSync(`${mine}/pid`, String(process.pid));
  try {
    renameSync(mine, LOCK);
    return true;
  } catch {
    rmSync(mine, { recursive: true, force: true });
    return false;
  }
};

/** A bootstrap that was killed leaves its lock behind. */
const dropIfAbandoned = () => {
  const owner = ownerOf(LOCK);
  if (owner === 0 || isAlive(owner)) return;
  const aside = `${LOCK}.abandoned.${process.pid}`;
  try {
    renameSync(LOCK, aside);
    // Another process may have taken it between the check and the move: give it back.
    if (ownerOf(aside) !== owner) renameSync(aside, LOCK);
    else rmSync(aside, { recursive: true, force: true });
  } catch {
    // Another one was quicker.
  }
};

/** Runs `work` while no other bootstrap of this folder does. */
export const withLock = async (work) => {
  let isReported = false;
  while (!take()) {
    dropIfAbandoned();
    if (!isReported && isAlive(ownerOf(LOCK))) {
      console.error('Another start of Lizzy is installing or building; waiting for it.');
      isReported = true;
    }
    await sleep(POLL_MILLISECONDS);
  }
  const release = () => rmSync(LOCK, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
};
