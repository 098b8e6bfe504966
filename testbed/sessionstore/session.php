<?php
// An application with PHP's own sessions: where they are kept, and in which form, the command line says.
final class Cart {
    public function __construct(private string $card) {}
}

session_start();
$parts = explode('/', trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/'));
switch ($parts[0]) {
    case 'visit':
        $_SESSION['cart'] = new Cart('SECRET-CANARY');
        $_SESSION['seen'] = [1, 2.5, true, null, 'Zürich|"{}"'];
        break;
    case 'login':
        session_regenerate_id(true);
        $_SESSION['auth'] = ['id' => 42, 'login' => $parts[1]];
        break;
    case 'logout':
        session_destroy();
        break;
}
echo "done\n";
