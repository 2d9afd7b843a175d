/** The version of both packages; a test holds it equal to their manifests. */
export const version = '0.1.0';
