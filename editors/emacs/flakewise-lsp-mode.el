;;; flakewise-lsp-mode.el --- flakewise in lsp-mode  -*- lexical-binding: t -*-

;; lsp-mode and nix-mode are packages. lsp-mode comes with clients for nil and nixd: the one with the highest priority
;; is started, and others beside it only if they are add-ons.

(require 'lsp-mode)

(add-to-list 'lsp-language-id-configuration '(nix-mode . "nix"))
(add-to-list 'lsp-language-id-configuration '(nix-ts-mode . "nix"))

(lsp-register-client
 (make-lsp-client :new-connection (lsp-stdio-connection '("flakewise" "--stdio"))
                  :major-modes '(nix-mode nix-ts-mode)
                  :server-id 'flakewise
                  :priority 1))

(add-hook 'nix-mode-hook #'lsp-deferred)
(add-hook 'nix-ts-mode-hook #'lsp-deferred)

(provide 'flakewise-lsp-mode)
;;; flakewise-lsp-mode.el ends here
