// The edge's earlier name of the house's error for an impossible start.
export { StartError as StartFault } from '#shared/runtime/start-error.ts';
