//go:build integration

package replicas

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/sessionstore"
)

// The user that the README describes may do all that is needed, over TLS, and nothing beside it.
func TestAccess_UserOfReadmeOverTLS_IsEnough(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certify(t, cert, key)
	addresses, err := collector.FreeAddresses(2)
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(addresses[1])
	require.NoError(t, err)
	server, err := sessionstore.StartServer(t.Context(), dir, addresses[0], "--tls-port", port, "--tls-cert-file", cert,
		"--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no")
	require.NoError(t, err)
	t.Cleanup(server.Kill)

	root, err := collector.Root()
	require.NoError(t, err)
	readme, err := os.ReadFile(filepath.Join(root, "extension", "redisstorageextension", "README.md"))
	require.NoError(t, err)
	rules := regexp.MustCompile("The ACL user needs `([^`]+)`").FindStringSubmatch(string(readme))
	require.Len(t, rules, 2)
	setUser := []any{"acl", "setuser", "braid", "on", ">a password"}
	for rule := range strings.FieldsSeq(rules[1]) {
		setUser = append(setUser, rule)
	}
	require.NoError(t, server.Client.Do(t.Context(), setUser...).Err())

	client, _ := open(t, map[string]any{
		"addresses": []any{addresses[1]}, "username": "braid", "password": "a password", "replicas_acknowledged": 0,
		"tls": map[string]any{"ca_file": cert},
	})
	require.NoError(t, client.Set(t.Context(), "a", []byte("1")))
	value, err := client.Get(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, "1", string(value))
	require.NoError(t, client.Delete(t.Context(), "a"))
	log, err := server.Client.ACLLog(t.Context(), 10).Result()
	require.NoError(t, err)
	assert.Empty(t, log, "what the user was denied")
}

// certify writes a certificate for loopback that vouches for itself, and its key.
func certify(t *testing.T, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER},
	} {
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
	}
}
