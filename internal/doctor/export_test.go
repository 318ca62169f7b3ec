package doctor

// SomeRegions names regions of an account that has so many.
var SomeRegions = someRegions
