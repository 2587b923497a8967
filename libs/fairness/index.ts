export { Presence, Rests } from './rests.js';
