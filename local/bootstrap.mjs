// `node local/bootstrap.mjs local|test|bench|prepare [ARGS]`: installs and builds what is missing, then runs.
// No imports here and no new syntax: a Node that is too old must get as far as saying so.
const OLDEST_NODE = [20, 19];

const version = process.versions.node.split('.').map(Number);
if (version[0] < OLDEST_NODE[0] || (version[0] === OLDEST_NODE[0] && version[1] < OLDEST_NODE[1])) {
  console.error(`Lizzy needs Node ${OLDEST_NODE.join('.')} or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}
import('./bootstrap/main.mjs').then(({ main }) => main(process.argv.slice(2)));
