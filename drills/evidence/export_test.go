package evidence

// Unpack is for the tests.
var Unpack = unpack
