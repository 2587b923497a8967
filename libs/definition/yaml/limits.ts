/** How deep a definition can be nested. Python's recursion limit stops Senza soon after it. */
export const DEPTH_LIMIT = 200;
/** How many values a definition can have when its aliases are expanded and its `<<` merged. */
export const NODES_LIMIT = 100_000;
