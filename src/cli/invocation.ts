// How a person types this program: through the script of a checkout, or through npx where the package is installed.

const isCheckout = import.meta.filename.endsWith('.ts');

/** Stands before the name of a command, in hints. */
export const carillon = isCheckout ? 'npm run -s carillon --' : 'npx carillon';

/** Starts the server. */
export const startCommand = isCheckout ? 'npm start' : `${carillon} serve`;
