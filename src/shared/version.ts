/** The package's version, for `User-Agent`. A test makes sure that it is that of package.json. */
export const VERSION = '0.1.0';
