package history

// Provider is what the history extension is to the components that write to it and read from it. They find it by its
// configured ID among the host's extensions and assert this interface.
type Provider interface {
	// Records returns the store of records. It is the same from Start to Shutdown of the extension.
	Records() Store
	// Metrics returns the metrics of one tenant.
	Metrics(tenant Tenant) Metrics
}
