package question

// Catalogue holds the names a deployment knows. Korean and English names stand beside each other; the grammar reads
// both in either language. Names never leave their place: a service called "ignore" is a service.
type Catalogue struct {
	Services []Name
	Regions  []Name
	Hosts    []Name
	Channels []Name
	Pages    []Name
	Journeys []Name // beside the built-in checkout and signup
}

// Name is an identifier and what people call it.
type Name struct {
	ID      string
	Aliases []string
}
