import { versionCommand } from '../senza-command.js';

/** `senza respawn-instances`: replaces the instances that do not have the current image, one by one; takes minutes. */
export const senzaRespawnInstances = versionCommand('respawn-instances');
