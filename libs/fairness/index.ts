export { Rests } from './rests.js';
