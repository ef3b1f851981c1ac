// A client of TLCP that is not the front's own library (github.com/tjfoc/gmsm): a tunnel from loopback to a front.
//
//	tlcp-client -to HOST:PORT -ca FILE -name NAME
//	tlcp-client -serve SIGN_CERT,SIGN_KEY,ENC_CERT,ENC_KEY        a server of echoes instead
//	tlcp-client -handshakes N -to HOST:PORT -ca FILE -name NAME
//
// It prints the address it listens on, and for each handshake that fails one line on standard error.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/tjfoc/gmsm/gmtls"
	"github.com/tjfoc/gmsm/x509"
)

func main() {
	to := flag.String("to", "", "")
	ca := flag.String("ca", "", "")
	name := flag.String("name", "", "")
	handshakes := flag.Int("handshakes", 0, "")
	pairs := flag.String("serve", "", "")
	flag.Parse()
	if *pairs != "" {
		serve(strings.Split(*pairs, ","))
		return
	}
	config := must(configured(*ca, *name))
	if *handshakes > 0 {
		measure(*to, config, *handshakes)
		return
	}
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	fmt.Println(listener.Addr())
	for {
		near := must(listener.Accept())
		go func() {
			defer near.Close()
			far, err := dial(*to, config)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return
			}
			defer far.Close()
			go func() {
				_, _ = io.Copy(far, near)
				near.Close()
				far.Close()
			}()
			_, _ = io.Copy(near, far)
		}()
	}
}

func serve(files []string) {
	sign := must(gmtls.LoadX509KeyPair(files[0], files[1]))
	enc := must(gmtls.LoadX509KeyPair(files[2], files[3]))
	certificates := []gmtls.Certificate{sign, enc}
	config := &gmtls.Config{GMSupport: gmtls.NewGMSupport(), Certificates: certificates}
	listener := must(gmtls.Listen("tcp", "127.0.0.1:0", config))
	fmt.Println(listener.Addr())
	for {
		conn := must(listener.Accept())
		go func() {
			defer conn.Close()
			_, _ = io.Copy(conn, conn)
		}()
	}
}

func configured(ca, name string) (*gmtls.Config, error) {
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in " + ca)
	}
	// ECC_SM4_CBC_SM3 of GB/T 38636-2020: the library has no other suite that asks for no certificate of a client.
	suites := []uint16{gmtls.GMTLS_SM2_WITH_SM4_SM3}
	config := &gmtls.Config{GMSupport: gmtls.NewGMSupport(), RootCAs: roots, ServerName: name, CipherSuites: suites}
	return config, nil
}

func dial(to string, config *gmtls.Config) (net.Conn, error) {
	tcp, err := net.DialTimeout("tcp", to, 5*time.Second)
	if err != nil {
		return nil, err
	}
	conn := gmtls.Client(tcp, config)
	_ = tcp.SetDeadline(time.Now().Add(10 * time.Second))
	if err := conn.Handshake(); err != nil {
		tcp.Close()
		return nil, err
	}
	return conn, tcp.SetDeadline(time.Time{})
}

func measure(to string, config *gmtls.Config, count int) {
	began := time.Now()
	for range count {
		must(dial(to, config)).Close()
	}
	took := time.Since(began)
	fmt.Printf("%d handshakes, %.1f a second\n", count, float64(count)/took.Seconds())
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}
