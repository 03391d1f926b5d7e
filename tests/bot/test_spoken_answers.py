"""Typed answers in the customer's own words: yes and no in every wording, categories and their like in free words.

A row: language, what was asked, the value that is meant (None: the text is no answer, and is used as a text), the answer.
`subcategory:request` is the subcategory of that category, `financial` and `commercial` are the subjects of a support type.
"""

import pytest

from bot.catalog import Catalog, load_catalog
from bot.speech import speech_of
from bot.spoken_choices import spoken_choices
from bot.turn import Choice
from bot.typed_answers import resolve
from bot.voice import Voice, option

# Steps of the conversation, with labels as the copilot writes them.
STEPS = {
    "solved": {
        "yes": {"es": "Sí, resuelto", "en": "Yes, solved", "pt": "Sim, resolvido"},
        "no": {"es": "No, necesito más ayuda", "en": "No, I need more help", "pt": "Não, preciso de mais ajuda"},
    },
    "confirm": {
        "yes": {"es": "Enviar", "en": "Send", "pt": "Enviar"},
        "change": {"es": "Cambiar algo", "en": "Change something", "pt": "Mudar algo"},
    },
    "notice": {
        "subscribe": {"es": "Avisarme por correo", "en": "Notify me by email", "pt": "Avisar por e-mail"},
        "continue": {"es": "Es otra cosa", "en": "It is something else", "pt": "É outra coisa"},
    },
    "clarify": {
        "none": {"es": "No sale ningún mensaje", "en": "There is no message", "pt": "Não aparece mensagem"},
        "person": {"es": "Hablar con una persona", "en": "Talk to a person", "pt": "Falar com uma pessoa"},
    },
    "rating": {
        "good": {"es": "Bien", "en": "Good", "pt": "Bom"},
        "bad": {"es": "Mal", "en": "Bad", "pt": "Ruim"},
        "skip": {"es": "Omitir", "en": "Skip", "pt": "Pular"},
    },
    "attachments": {
        "done": {"es": "Ya los adjunté", "en": "I attached them", "pt": "Já anexei"},
        "skip": {"es": "Omitir", "en": "Skip", "pt": "Pular"},
    },
    "code": {"resend": {"es": "Enviar otro código", "en": "Send another code", "pt": "Enviar outro código"}},
}

SAID_AT_A_STEP = """
es solved yes | dale, ya quedó
es solved yes | si ya me funciono muchas gracias
es solved yes | listo gracias
es solved yes | sí, era eso
es solved yes | ya pude entrar
es solved no | todavía no
es solved no | no
es solved no | no, sigue igual
es solved None | no, sigue igual, el error es 503
es solved None | si pero ahora me sale otro error
es solved no | nop nada
es solved no | sigue sin cargar
es solved no | no me ayudó para nada
es solved None | como hago para exportar el reporte?
es solved None | gracias
es confirm yes | dale
es confirm yes | así es, mándalo
es confirm yes | sí, todo correcto
es confirm yes | envialo ya
es confirm change | quiero cambiar algo
es confirm None | no confirmo
es confirm None | cambia el título
es notice subscribe | sí avísame
es notice subscribe | dale
es notice continue | no es eso
es notice continue | lo mío es otra cosa
es notice continue | no
es clarify none | ninguno de esos
es clarify none | no sale ningún mensaje
es clarify none | no
es clarify person | con una persona
es clarify None | desde ayer, dice error 503
es rating good | muy bien
es rating good | excelente!!
es rating bad | pésimo
es rating bad | no me ayudó
es rating skip | no quiero
es attachments done | listo, ya los subí
es attachments skip | no tengo
es attachments skip | no
es code resend | no me llegó
en solved yes | yep that worked
en solved yes | it works now, thanks a lot
en solved yes | sorted
en solved no | nope
en solved no | still broken
en solved no | no, still the same
en solved no | didn't help
en solved no | that's not it
en solved None | no, I get error 500 now
en solved None | how do I change the logo?
en confirm yes | yes send it
en confirm yes | looks good to me
en confirm yes | go ahead
en confirm change | let me change something
en confirm None | don't send it
en notice subscribe | yes please let me know
en notice subscribe | that's my problem
en notice continue | no mine is different
en clarify none | none of them
en clarify none | I don't know
en rating good | great
en rating bad | not good
en rating skip | no thanks
en attachments skip | I don't have any
en attachments done | uploaded
en code resend | I didn't get the code
pt solved yes | sim, resolveu
pt solved yes | deu certo, obrigado
pt solved yes | agora foi
pt solved no | não
pt solved no | ainda não
pt solved no | nao deu certo
pt solved no | continua com o mesmo erro
pt solved None | não, aparece erro 404
pt confirm yes | pode mandar
pt confirm yes | tá certo, pode enviar
pt confirm yes | beleza
pt confirm change | quero alterar algo
pt notice subscribe | me avisa sim
pt notice continue | não tem nada a ver
pt clarify none | nenhuma dessas
pt clarify none | nao sei
pt rating good | muito bom
pt rating bad | ruim demais
pt attachments skip | não tenho
pt code resend | o código não chegou
es solved yes | joya, funcionó
es solved yes | sii ya está
es solved yes | perfecto, resuelto
es solved yes | ahora sí funciona
es solved yes | con eso me sirve, gracias
es solved no | no, no me sirve
es solved no | sigue sin andar
es solved no | para nada
es solved no | nada, sigue igual
es solved no | todavia no funciona
es solved None | no porque eso ya lo hice y me sale que no tengo permisos
es solved None | y cómo lo hago desde el celular?
es solved None | el botón que dice ahí no existe
es confirm yes | si esta perfecto mandalo
es confirm yes | ok
es confirm yes | correcto
es confirm change | hay que corregir algo
es confirm None | no
es notice subscribe | sí, es justo eso
es notice subscribe | quiero que me avisen
es notice continue | no, lo mío es diferente
es notice continue | creo que no tiene que ver
es clarify none | no me acuerdo
es clarify none | no aparece nada
es clarify None | empezó el martes
es rating good | me ayudó bastante
es rating bad | muy mala experiencia
es rating skip | ahora no puedo
es attachments skip | no tengo ninguna captura
es attachments done | ahí los mandé
es code resend | todavía no me llega el código
en solved yes | yes!
en solved yes | ok it's working
en solved yes | perfect, that solved it
en solved yes | all good thank you
en solved no | not yet
en solved no | it still doesn't work
en solved no | unfortunately not
en solved no | same issue
en solved None | no, the export button is greyed out
en solved None | but where is the settings menu
en confirm yes | sure, send
en confirm yes | yes that's right
en confirm yes | perfect, submit it please
en confirm change | wait, something is wrong
en confirm None | change the impact to high
en notice subscribe | yeah that's it
en notice subscribe | please keep me updated
en notice continue | not the same thing
en notice continue | nope something else
en clarify none | there's no error message
en clarify none | no idea
en clarify person | can I talk to a human
en rating good | very helpful, thanks
en rating bad | pretty bad
en attachments skip | nothing to attach
en attachments done | done, attached
en code resend | can you send it again
pt solved yes | sim
pt solved yes | funcionou sim, valeu
pt solved yes | consegui resolver
pt solved yes | isso, resolvido
pt solved no | não resolveu
pt solved no | continua sem funcionar
pt solved no | infelizmente não
pt solved no | nada ainda
pt solved None | não, quando clico em exportar a página fica branca
pt solved None | e onde fica esse menu?
pt confirm yes | isso mesmo, pode abrir
pt confirm yes | sim pode enviar
pt confirm change | tem uma coisa errada
pt confirm None | não envia
pt notice subscribe | é isso mesmo
pt notice subscribe | quero sim
pt notice continue | não, meu problema é outro
pt clarify none | não apareceu mensagem nenhuma
pt clarify none | nenhum
pt rating good | adorei
pt rating good | ótimo atendimento
pt rating bad | péssimo
pt rating skip | prefiro não avaliar
pt attachments skip | não tenho nenhum print
pt attachments done | já mandei os prints
pt code resend | não recebi nenhum código
es solved yes | sí, mil gracias
es solved yes | ya lo pude hacer
es solved yes | quedó solucionado
es solved yes | funcionó perfecto
es solved yes | súper, ya anda
es solved no | no funcionó
es solved no | sigue dando el mismo error
es solved no | nada de nada
es solved no | aún no se soluciona
es solved no | no me resuelve
es solved None | no, porque yo uso otra versión y ahí no está el menú
es solved None | ya hice eso pero el reporte sale vacío
es confirm yes | sí, adelante
es confirm yes | está perfecto así
es confirm yes | mándalo por favor
es confirm change | quisiera modificar algo
es notice subscribe | sí, me interesa
es notice subscribe | claro, avísame por correo
es notice continue | no es mi problema
es clarify none | ninguna de las anteriores
es clarify none | no me sale mensaje
es rating good | buenísimo
es rating bad | malo
es attachments skip | no tengo capturas ahora
es code resend | mándame otro código
en solved yes | yeah it's fixed
en solved yes | that did the trick
en solved yes | solved, thx
en solved yes | it's fine now
en solved no | it didn't work
en solved no | still getting the error
en solved no | that's not what I asked
en solved None | no, I don't see that option in my menu
en solved None | I already did that and it shows a blank page
en confirm yes | yes please submit
en confirm yes | all good, go
en confirm change | I need to fix something
en notice subscribe | yes, email me
en notice continue | no, this is different
en clarify none | none of these apply
en clarify none | it doesn't show any message
en rating good | it was great
en rating bad | not helpful at all
en attachments skip | no screenshots sorry
en code resend | I never received the code
pt solved yes | sim, deu certo
pt solved yes | agora tá funcionando
pt solved yes | perfeito, era isso
pt solved yes | resolvido, muito obrigada
pt solved no | não adiantou nada
pt solved no | continua dando o mesmo erro
pt solved no | ainda não funciona
pt solved no | não era isso
pt solved None | não, essa opção não aparece no meu menu
pt solved None | já fiz isso e a tela fica em branco
pt confirm yes | tudo certo, envia
pt confirm yes | pode abrir o chamado
pt confirm change | preciso mudar uma coisa
pt notice subscribe | sim, quero receber
pt notice continue | não é esse o meu problema
pt clarify none | nenhum deles
pt clarify none | não aparece erro nenhum
pt rating good | foi ótimo
pt rating bad | não gostei
pt attachments skip | não tenho agora
pt code resend | manda outro código
es solved None | no puedo entrar al panel
pt solved None | não consigo exportar
es solved None | cómo agrego un usuario
en solved None | I can't log in
es clarify None | pedido 1234
pt notice None | o meu problema é com o frete
en notice None | my orders are missing since monday
"""

NAMED_IN_FREE_WORDS = """
es subcategory reports | creo que es algo de los informes
es subcategory roles | es por lo de los permisos de usuarios
en subcategory plugins | it's about the plug in
es subcategory slowness | va lentísimo todo
es subcategory authentication | no puedo entrar con mi clave
es subcategory notifications | lo de los correos que no llegan
es subcategory integrations | la conexión con el erp
es subcategory bulk_actions | la carga masiva de productos
es subcategory other | ninguna de esas
es subcategory language | está en otro idioma
es subcategory records | el historial
es subcategory security | tema de seguridad
es subcategory:request training | queremos un curso para el equipo
es subcategory:request domains | conectar un dominio
es subcategory:request cancellations | darnos de baja
es subcategory:request complaint | es una queja
es subcategory:request new_services | contratar un servicio nuevo
en subcategory error_message | an error message pops up
en subcategory authentication | logging in
en subcategory slowness | everything is really slow
en subcategory roles | user permissions I think
en subcategory integrations | the api
en subcategory reports | exporting reports
en subcategory configuration | settings
en subcategory:request version_upgrades | upgrade to the new version
en subcategory:request graphics | a banner design
pt subcategory reports | acho que é sobre os relatórios
pt subcategory roles | as permissões dos usuários
pt subcategory slowness | tá muito lento
pt subcategory authentication | não consigo logar
pt subcategory notifications | os emails que a loja manda
pt subcategory bulk_actions | importar planilha
pt subcategory:request training | um treinamento
pt subcategory:request development | desenvolvimento sob medida
es category incident | algo dejó de funcionar
es category question | es solo una consulta
es category request | quiero pedir algo nuevo
es category outage | no carga nada
es category linkedin | lo de linkedin
en category incident | it's a technical problem
en category question | just a question
en category request | it's more of a request
pt category incident | é um problema técnico
pt category question | só uma dúvida
pt category request | uma solicitação
es users_affected internal | solo a nosotros
es users_affected external | a los que compran
es users_affected all | a todo el mundo
en users_affected external | our customers
en users_affected internal | just my team
pt users_affected external | os clientes
pt users_affected all | todo mundo
es impact high | no podemos vender
es impact low | casi nada, puedo seguir
en impact high | we can't sell anything
en impact moderate | medium I guess
pt impact high | tá tudo parado
pt impact low | pouco
es purpose demo | quiero ver una demo
en purpose assistance | I already have the product
pt purpose alliance | saber o que é a parceria
es financial payment_receipt | mandar un comprobante
es financial billing_amounts | me cobraron de más
pt financial registration_data | mudar a razão social
es commercial franchise_account | una franquicia nueva
en commercial account_owner | change the account owner
pt commercial sales_channel | um novo canal de vendas
es subcategory None | tengo otra pregunta, ¿cómo cambio el logo?
es subcategory reports | no es roles, es reportes
es scenario question | es solo una dudita
es scenario incident | tengo un problema
es scenario None | mi tienda no calcula el envío
es subcategory reports | me parece que va por el lado de los reportes de ventas
es subcategory roles | los permisos de una empleada
es subcategory notifications | los avisos por mail
es subcategory plugins | un complemento que instalé
es subcategory integrations | lo del webhook
es subcategory authentication | el inicio de sesión
es subcategory authentication | contraseñas
es subcategory bulk_actions | importación de un excel
es subcategory error_message | me aparece un error
es subcategory configuration | ajustes de la tienda
es subcategory customer_portal | el portal de clientes
es subcategory slowness | está todo muy lento desde hoy
es subcategory records | un registro que desapareció
es subcategory other | no está ahí, otra cosa
es subcategory None | no sé
es subcategory:request administration | un trámite administrativo
es subcategory:request concurrency_notices | el aviso de concurrencia
es subcategory:request development | queremos un desarrollo a la medida
es subcategory:request graphics | que nos diseñen un logo
es subcategory:request version_upgrades | pasar a la versión nueva
es subcategory:request cancellations | cancelar el servicio
en subcategory reports | I'd say reporting
en subcategory roles | roles and permissions
en subcategory notifications | the order emails
en subcategory plugins | one of our plugins
en subcategory bulk_actions | bulk edit of prices
en subcategory language | the language of the store
en subcategory records | the activity log
en subcategory error_message | some error code
en subcategory slowness | it takes forever to load
en subcategory security | security I'd say
en subcategory authentication | password reset
en subcategory other | none of those, something else
en subcategory:request training | training for new staff
en subcategory:request domains | our domain
en subcategory:request complaint | I want to complain
en subcategory:request new_services | an additional service
en subcategory:question integrations | it has to do with our erp integration
pt subcategory reports | é coisa de relatório
pt subcategory roles | perfil de acesso de um usuário
pt subcategory notifications | notificações
pt subcategory integrations | integração com marketplace
pt subcategory authentication | login e senha
pt subcategory error_message | uma mensagem de erro estranha
pt subcategory plugins | o plugin de avaliações
pt subcategory records | histórico de alterações
pt subcategory language | o idioma do painel
pt subcategory configuration | configurações gerais
pt subcategory:request cancellations | cancelamento de um serviço
pt subcategory:request domains | domínio próprio
pt subcategory:request graphics | um banner novo
pt subcategory:request complaint | quero fazer uma reclamação
pt subcategory:request version_upgrades | atualizar para a nova versão
es category incident | se rompió algo
es category incident | error técnico
es category question | nada más una duda
es category request | una solicitud, necesito que activen algo
es category outage | está todo caído
en category incident | something is broken
en category question | I only have a question
en category request | I need you to set something up
en category linkedin | the linkedin thing
en category outage | the whole platform is down
pt category incident | parou de funcionar
pt category question | tenho só uma pergunta
pt category request | queria solicitar algo novo
pt category linkedin | parceria do linkedin
es users_affected internal | nada más a mi equipo
es users_affected external | a mis clientes
es users_affected all | clientes y empleados, todos
en users_affected internal | only the admins
en users_affected external | people buying in the store
pt users_affected internal | só a minha equipe
pt users_affected external | quem compra na loja
es impact high | muchísimo, estamos parados
es impact moderate | más o menos
es impact low | no es tan grave
en impact high | it's critical
en impact low | just a minor thing
pt impact high | é grave
pt impact moderate | atrapalha um pouco, médio
es financial boleto_or_invoice | no me llegó la factura
es financial contract_termination | terminar el contrato
es financial admin_blocked | me bloquearon el panel por falta de pago
en financial billing_amounts | the amount on the invoice is wrong
en financial invoice_recipients | change who gets the invoices
pt financial boleto_or_invoice | segunda via do boleto
pt financial payment_receipt | enviar o comprovante
es commercial additional_environment | otro entorno
pt commercial account_owner | trocar o usuário titular
en purpose demo | book a demo please
es subcategory reports | sería lo de los reportes
es subcategory plugins | una extensión
es subcategory authentication | problemas para loguearme
es subcategory slowness | demora muchísimo
es subcategory integrations | la sincronización con el erp
es subcategory notifications | las notificaciones por correo
es subcategory roles | no tiene permisos mi compañera
es subcategory bulk_actions | subir productos por csv
es subcategory error_message | un código de error
es subcategory language | el idioma de la tienda
es subcategory:request training | que nos capaciten
es subcategory:request domains | cambiar el dominio
es subcategory:request administration | algo administrativo
es subcategory:request new_services | agregar un nuevo servicio
en subcategory reports | the sales report
en subcategory plugins | an extension we use
en subcategory authentication | can't sign in
en subcategory slowness | performance
en subcategory integrations | syncing with our erp
en subcategory notifications | email notifications
en subcategory roles | access rights of a colleague
en subcategory bulk_actions | uploading a spreadsheet
en subcategory configuration | the store settings
en subcategory:request cancellations | cancelling a service
en subcategory:request development | something custom made
en subcategory:request security | it's a security matter
pt subcategory reports | o relatório de vendas
pt subcategory plugins | uma extensão
pt subcategory authentication | problema pra entrar na conta
pt subcategory slowness | lentidão geral
pt subcategory integrations | sincronização com o erp
pt subcategory notifications | os avisos por e-mail
pt subcategory bulk_actions | subir produtos por planilha
pt subcategory customer_portal | o portal do cliente
pt subcategory error_message | deu um erro
pt subcategory:request new_services | contratar um serviço a mais
pt subcategory:request concurrency_notices | limite de usuários simultâneos
es category incident | es un fallo técnico
es category request | es un pedido de algo nuevo
es category question | quiero hacer una consulta
en category incident | a bug
en category request | a service request
en category question | it's only a question
pt category incident | um erro técnico
pt category request | é um pedido de serviço
pt category question | apenas uma pergunta
es users_affected external | los compradores
en users_affected all | everybody, staff and customers
pt users_affected internal | apenas nós
es impact moderate | lo normal
en impact high | very critical
pt impact low | quase não atrapalha
"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def rows(table: str) -> list[tuple[str, str, str | None, str]]:
    found = []
    for line in table.strip().splitlines():
        meta, _, text = line.partition(" | ")
        language, asks, value = meta.split()
        found.append((language, asks, None if value == "None" else value, text))
    return found


def offered(catalog: Catalog, asks: str, language: str) -> list[Choice]:
    voice = Voice(catalog, language)
    if asks in STEPS:
        return [Choice(f"{asks}.{value}", labels[language], "inform") for value, labels in STEPS[asks].items()]
    asks, _, category = asks.partition(":")
    values: dict[str, tuple[str, str, tuple[str, ...]]] = {
        "scenario": ("scenario", "scenarios", tuple(each.id for each in catalog.scenarios)),
        "category": ("category", "categories", tuple(each.id for each in catalog.categories)),
        "subcategory": ("subcategory", "subcategories", catalog.category(category or "incident").subcategories),
        "purpose": ("purpose", "purposes", catalog.category("linkedin").purposes),
        "financial": ("subject", "subjects", catalog.subjects["financial"]),
        "commercial": ("subject", "subjects", catalog.subjects["commercial"]),
        **{each: (each, each, catalog.field(each).options) for each in ("users_affected", "impact", "environment")},
    }
    asked, kind, ids = values[asks]
    return [option(voice, asked, each, voice.label(kind, each)) for each in ids]


@pytest.mark.parametrize(("language", "asks", "value", "text"), rows(SAID_AT_A_STEP) + rows(NAMED_IN_FREE_WORDS))
def test_an_answer_in_own_words_is_understood(
    catalog: Catalog, language: str, asks: str, value: str | None, text: str
) -> None:
    choices = offered(catalog, asks, language)
    found = resolve(
        text, choices[0].name.partition(".")[0], choices, speech_of(catalog), spoken_choices(choices, catalog)
    )
    assert (found.name.partition(".")[2] if found else None) == value
