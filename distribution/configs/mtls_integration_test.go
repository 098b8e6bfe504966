//go:build integration

package configs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// authority signs the certificates that edges show.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T, file string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: file}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return &authority{cert: cert, key: key, file: file}
}

// sign writes a certificate and key for a client and returns the environment in which an edge shows them.
func (a *authority) sign(t *testing.T, dir, name string) map[string]string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, key.Public(), a.key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certFile, keyFile := filepath.Join(dir, name+"-cert.pem"), filepath.Join(dir, name+"-key.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	return map[string]string{"BRAID_CENTER_CERT_FILE": certFile, "BRAID_CENTER_KEY_FILE": keyFile}
}

// A center that asks for certificates takes what an edge sends with one that its authority signed and with a token it knows.
// One without a certificate, one of another authority, and one with another token are refused, and their logs say why.
func TestEdgeAndCenter_Certificates_LetTheirEdgesIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key, tokens := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "tokens")
	certify(t, cert, key)
	require.NoError(t, os.WriteFile(tokens, []byte("token-of-busan\n"), 0o600))
	ours, others := newAuthority(t, filepath.Join(dir, "ours.pem")), newAuthority(t, filepath.Join(dir, "others.pem"))
	center := start(t, map[string]string{
		"BRAID_TOKEN_FILE": tokens, "BRAID_TLS_CERT_FILE": cert, "BRAID_TLS_KEY_FILE": key, "BRAID_TLS_CLIENT_CA_FILE": ours.file,
	}, "center.yaml", secure, secureStandalone, centerMTLS)
	edge := func(region, token string, shows map[string]string) running {
		env := map[string]string{
			"BRAID_REGION": region, "BRAID_CENTER_ENDPOINT": center.OTLPGRPC, "BRAID_CENTER_TOKEN": token, "BRAID_CENTER_CA_FILE": cert,
			"BRAID_QUEUE_BYTES": "4194304", "BRAID_RETRY_INTERVAL": "1s",
		}
		maps.Copy(env, shows)
		e := start(t, env, "edge.yaml")
		require.Equal(t, http.StatusOK, post(t, http.DefaultClient, "http://"+e.OTLPHTTP, ""))
		return e
	}
	refused := map[string]struct {
		edge running
		says string
	}{
		"jeju":  {edge("jeju", "token-of-busan", nil), "certificate required"},
		"seoul": {edge("seoul", "token-of-busan", others.sign(t, dir, "seoul")), "unknown certificate authority"},
		"daegu": {edge("daegu", "token-of-nobody", ours.sign(t, dir, "daegu")), "Unauthenticated"},
	}
	edge("busan", "token-of-busan", ours.sign(t, dir, "busan"))
	events := func() []byte {
		read, _ := os.ReadFile(filepath.Join(center.data, "events.jsonl"))
		return read
	}
	assert.Eventually(t, func() bool {
		return bytes.Contains(events(), []byte("session.start")) && bytes.Contains(events(), []byte("busan"))
	}, arrival, pollEvery, "busan's session did not arrive")
	for region, r := range refused {
		assert.Eventually(t, func() bool { return strings.Contains(r.edge.logs(), r.says) }, arrival, pollEvery, "%s is not told %q", region, r.says)
		assert.NotContains(t, string(events()), region)
	}
}
