module.exports = { output: 'standalone', serverExternalPackages: ['qanto'] };
